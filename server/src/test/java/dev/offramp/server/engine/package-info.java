@NullMarked
package dev.offramp.server.engine;

import org.jspecify.annotations.NullMarked;
