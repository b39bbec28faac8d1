/** What a model restores when it is loaded: variables and lookup tables. */
package layertap.model.restore;
