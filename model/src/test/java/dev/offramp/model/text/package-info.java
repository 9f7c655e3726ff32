@NullMarked
package dev.offramp.model.text;

import org.jspecify.annotations.NullMarked;
