/** Lists what can be tapped in a model. */
package layertap.cli.inspect;
