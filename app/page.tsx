import { loadHome } from '@/lib/web/loaders/portal'

export default async function HomePage() {
  return await loadHome()
}
