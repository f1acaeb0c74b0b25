/** Assembles the service by hand: configuration in, verticles deployed, orderly shutdown. */
@NullMarked
package dev.memoryproxy;

import org.jspecify.annotations.NullMarked;
