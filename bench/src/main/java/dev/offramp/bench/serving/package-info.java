/**
 * What serving makes of the kernels: the engine at full load, {@code offramp bench engine}, and the
 * server and client around it, {@code offramp bench server}.
 */
@NullMarked
package dev.offramp.bench.serving;

import org.jspecify.annotations.NullMarked;
