export function reportsPath(tenant: string): string {
  return `/admin/${tenant}/security/reports`
}

export const REPORT_NOTICES = ['begun', 'running', 'scheduled', 'unscheduled'] as const
