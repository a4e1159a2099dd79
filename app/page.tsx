import { loadHome } from '@/lib/web/loaders'

export default async function HomePage() {
  return await loadHome()
}
