/**
 * What the operator says: one immutable record, parsed once, and the log that it sets up.
 *
 * <p>Decision: a configuration is accepted whole or refused whole, with every problem listed at
 * once. A value is checked here and nowhere else; secrets travel as {@link
 * dev.memoryproxy.config.Secret}, which doesn't print.
 */
@NullMarked
package dev.memoryproxy.config;

import org.jspecify.annotations.NullMarked;
