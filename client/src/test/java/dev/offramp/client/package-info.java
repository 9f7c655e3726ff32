@NullMarked
package dev.offramp.client;

import org.jspecify.annotations.NullMarked;
