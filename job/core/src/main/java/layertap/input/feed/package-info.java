/** Which feed is filled from which column, and how. */
package layertap.input.feed;
