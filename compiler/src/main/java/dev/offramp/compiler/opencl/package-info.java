/**
 * The kernels of a multi-exit BERT for OpenCL devices: the same functions as {@link
 * dev.offramp.compiler.kernel} writes for CPUs, with the same arguments, all of them on the device.
 *
 * <p>Two rules hold here too, by other means. Answers do not depend on company: a row's arithmetic
 * has one order. Bad arguments do no harm: counts are checked on the host before a launch; offsets,
 * ids and row numbers, which only the device can see, are clamped into what is there.
 */
@NullMarked
package dev.offramp.compiler.opencl;

import org.jspecify.annotations.NullMarked;
