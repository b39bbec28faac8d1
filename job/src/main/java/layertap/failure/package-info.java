/** Failures and their kinds, by which exit codes and schedulers decide. Uses no other package. */
package layertap.failure;
