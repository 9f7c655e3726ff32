/** The plain Java reference: slow, obvious, and what every fast implementation is held against. */
@NullMarked
package dev.offramp.model.reference;

import org.jspecify.annotations.NullMarked;
