package dev.offramp.compiler.kernel;

/** How a kernel's work is cut up. Any schedule gives the right result; they differ in time only. */
public sealed interface Schedule permits GemmSchedule, AttentionSchedule {}
