/** Tests of audits. */
@NullMarked
package dev.offramp.server.audit;

import org.jspecify.annotations.NullMarked;
