/* Does nothing, but needs the loader (ld.so) for it: it can be started through the loader, under the loader's name. */
#include <unistd.h>

int main(void)
{
	return getpid() > 0 ? 0 : 1;
}
