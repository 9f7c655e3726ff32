/**
 * What experiments are: their definitions, checked, and their lives. Nothing here knows of SQL,
 * gRPC or models.
 */
@NullMarked
package dev.offramp.server.experiment;

import org.jspecify.annotations.NullMarked;
