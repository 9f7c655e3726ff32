package dev.offramp.server.tvm;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/*
 * The dynamic linker gives whoever names a path the library that it loaded by that name, though another
 * file may be there by now: an artifact that took the place of one that still serves would run on
 * that one's machine code. By a name that is new to it, it looks at the file. So every load adds steps to
 * the path that lead nowhere, its number in binary: "/." for a 1 and "/" for a 0.
 */

/** Names for libraries, which no load had before. */
final class FreshName {

  private static final AtomicLong LOADS = new AtomicLong();

  private FreshName() {}

  /** Another name of a file. */
  static String of(Path file) {
    Path whole = file.toAbsolutePath();
    var name = new StringBuilder().append(whole.getParent());
    for (char bit : Long.toBinaryString(LOADS.incrementAndGet()).toCharArray()) {
      name.append(bit == '1' ? "/." : "/");
    }
    return name.append('/').append(whole.getFileName()).toString();
  }
}
