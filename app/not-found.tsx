import { NotHere } from './not-here'

export default function NotFound() {
  return <NotHere />
}
