@NullMarked
package dev.offramp.model.tier;

import org.jspecify.annotations.NullMarked;
