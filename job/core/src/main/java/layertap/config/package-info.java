/** Reads a configuration into typed values and reports all its problems at once. */
package layertap.config;
