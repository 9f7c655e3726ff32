/**
 * The models that a server answers for: loaded from artifacts, replaced and retired while others
 * are served.
 */
@NullMarked
package dev.offramp.server.registry;

import org.jspecify.annotations.NullMarked;
