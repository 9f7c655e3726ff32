@NullMarked
package dev.offramp.bench.onednn;

import org.jspecify.annotations.NullMarked;
