/**
 * Files as objects: the small store interface, its implementations, and the algorithm of a write.
 *
 * <p>Decision: {@link dev.memoryproxy.storage.ObjectStore} is ours and no vendor type crosses it.
 * Conditions are values and a condition that did not hold is a result, not an exception; retries,
 * faults and the single-writer mode are wrappers over the same interface.
 *
 * <p>Decision: what one reader got from the store is shown to another only on the word of an index
 * that was asked after the other came ({@code SharedReads}), so memory never makes a read stale.
 */
@NullMarked
package dev.memoryproxy.storage;

import org.jspecify.annotations.NullMarked;
