/** What tests need of the machine they run on. */
@NullMarked
package dev.offramp.model.device;

import org.jspecify.annotations.NullMarked;
