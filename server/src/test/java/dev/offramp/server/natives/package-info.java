@NullMarked
package dev.offramp.server.natives;

import org.jspecify.annotations.NullMarked;
