/* Does nothing, and does it well: under the name of a package manager, a miner, a netcat it is what a rule sees of them. */
int main(void)
{
	return 0;
}
