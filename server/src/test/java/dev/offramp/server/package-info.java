@NullMarked
package dev.offramp.server;

import org.jspecify.annotations.NullMarked;
