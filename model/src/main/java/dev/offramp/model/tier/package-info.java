/** Tiers, named and calibrated exit rules, and the curves they were chosen from. */
@NullMarked
package dev.offramp.model.tier;

import org.jspecify.annotations.NullMarked;
