/** What a run did, in figures and as the manifest {@code _layertap.json}. */
package layertap.report;
