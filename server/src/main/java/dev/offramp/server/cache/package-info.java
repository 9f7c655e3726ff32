/** Remembers traces, so that one computation answers every bolder exit rule. */
@NullMarked
package dev.offramp.server.cache;

import org.jspecify.annotations.NullMarked;
