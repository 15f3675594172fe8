/** The policy and the tier that a recovery point was written for; everybody who reads the Location can see it. */
export interface ProtectionMark {
  readonly policy: string;
  readonly tier: string;
}

/** A run that a policy may have asked for. */
export interface MaybeProtecting {
  /** Absent: a person asked for it. */
  readonly protection?: ProtectionMark;
}
