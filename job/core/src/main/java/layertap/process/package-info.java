/** The state that all jobs, sessions and threads of a JVM share. */
package layertap.process;
