/**
 * On which versions of Spark and Java a job runs. Loads no class of Spark that differs by version.
 */
package layertap.platform;
