/** Failures that a user can cause, and the nearest names to a mistyped one. */
package layertap.failure;
