/** The command line: arguments, commands, exit codes. */
package layertap.cli;
