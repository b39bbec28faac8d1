/**
 * Where versions of Spark differ: what has a name, a signature or a place in one that it lacks in
 * another, in a form that works on all. {@code scripts/test-versions} links the jar with each.
 */
package layertap.spark.version;
