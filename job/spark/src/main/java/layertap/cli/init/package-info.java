/** The command that writes a configuration to start from. */
package layertap.cli.init;
