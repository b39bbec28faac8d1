/** In how many bits the products of a plan are computed, and who can do so. */
package layertap.plan.precision;
