/** Where values go into a model instead of what it would take. */
package layertap.model.feed;
