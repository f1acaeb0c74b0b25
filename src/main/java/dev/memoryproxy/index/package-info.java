/**
 * The sync index: one list of all files of a namespace, kept in the bucket beside them.
 *
 * <p>Decision: memory may admit a request, only the bucket may acknowledge one. A change is
 * answered after the index that lists it is durable.
 */
@NullMarked
package dev.memoryproxy.index;

import org.jspecify.annotations.NullMarked;
