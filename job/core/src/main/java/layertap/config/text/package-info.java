/** The text of a configuration: its files, what they include, and where what is wrong stands. */
package layertap.config.text;
