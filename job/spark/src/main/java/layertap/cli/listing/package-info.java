/** How a long list is shown so that one can take it in. */
package layertap.cli.listing;
