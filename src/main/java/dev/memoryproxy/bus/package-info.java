/**
 * Calls between the verticles of one JVM over the event bus.
 *
 * <p>Decision: commands and results travel by reference, never as JSON, and an error that crossed
 * the bus is rebuilt in one place. Addresses stay inside the typed services that use this package.
 *
 * <p>Decision: an event loop gathers what it has to say to another until the end of its turn. Under
 * load a message and the waking of a thread are then shared by many calls; a lone call pays a place
 * in a queue for it.
 */
@NullMarked
package dev.memoryproxy.bus;

import org.jspecify.annotations.NullMarked;
