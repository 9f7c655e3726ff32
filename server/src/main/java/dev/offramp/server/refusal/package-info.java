/** Requests that get no answer through no fault of the server, whichever part of it says so. */
@NullMarked
package dev.offramp.server.refusal;

import org.jspecify.annotations.NullMarked;
