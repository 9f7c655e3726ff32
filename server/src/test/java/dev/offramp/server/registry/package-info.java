@NullMarked
package dev.offramp.server.registry;

import org.jspecify.annotations.NullMarked;
