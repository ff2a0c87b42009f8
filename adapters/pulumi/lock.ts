import { hostname, userInfo } from "node:os";

/** Who holds the lock of a stack. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** Source: Pulumi `pkg/backend/diy` (lock.go: "created by USER@HOST (pid PID) at TIME"). */
const CREATED = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/;

/** Source: Pulumi `pkg/backend/diy` and the service's answer of 409. */
const CONFLICTS = ["the stack is currently locked by", "Another update is currently in progress"];

/** Returns whether an update did not begin because another one runs. */
export function isConflict(text: string): boolean {
  return CONFLICTS.some((conflict) => text.includes(conflict));
}

/** Returns who holds the lock, if Pulumi says so. Only backends without a service do. */
export function lockHolder(text: string): LockHolder | undefined {
  const [, user, host, pid, since] = CREATED.exec(text) ?? [];
  return user === undefined || host === undefined || since === undefined
    ? undefined
    : { user, host, pid: Number(pid), since };
}

/** @example holderText({ user: "me", host: "laptop", pid: 4711, since: "…" }) // "me@laptop (process 4711) since …" */
export function holderText({ user, host, pid, since }: LockHolder): string {
  return `${user}@${host} (process ${pid}) since ${since}`;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be asked.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * Returns whether the holder of a lock is known to have ended: it was this user's, on this machine, and
 * its process is gone. Of any other machine nothing is known.
 */
export function hasEnded({ user, host, pid }: LockHolder): boolean {
  return host === hostname() && user === userInfo().username && !runs(pid);
}
