/**
 * Calls between the verticles of one JVM over the event bus.
 *
 * <p>Decision: commands and results travel by reference, never as JSON, and an error that crossed
 * the bus is rebuilt in one place. Addresses stay inside the typed services that use this package.
 */
@NullMarked
package dev.memoryproxy.bus;

import org.jspecify.annotations.NullMarked;
