@NullMarked
package dev.offramp.server.cache;

import org.jspecify.annotations.NullMarked;
