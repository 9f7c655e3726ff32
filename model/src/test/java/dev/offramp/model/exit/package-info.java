@NullMarked
package dev.offramp.model.exit;

import org.jspecify.annotations.NullMarked;
