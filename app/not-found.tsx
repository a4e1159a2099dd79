import { loadNotFound } from '@/lib/web/loaders'
import { NotHere } from './not-here'

export default async function NotFound() {
  await loadNotFound()
  return <NotHere />
}
